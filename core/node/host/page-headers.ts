import type { IncomingHttpHeaders } from 'node:http';

/**
 * What a page of ours may do, by header (market of attacks: injected markup, foreign frames, leaking referrers).
 * `connect` is 'self' in the browser host, whose WebSocket is same-origin, and 'none' in Electron, which uses IPC.
 */
export function contentSecurityPolicy(connect: "'self'" | "'none'"): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "media-src 'self' blob:",
    "font-src 'self'",
    `connect-src ${connect}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    // The one policy gives out the one address of the page's worker (renderer/audio/start-worker.ts).
    'trusted-types parley-worker',
  ].join('; ');
}

/** What calls need, for the page itself and nothing framed in it: to hear, and to ring before it was touched. */
const OWN_FEATURES = ['autoplay', 'microphone', 'speaker-selection'];
/** Every other powerful feature a browser would offer a page. */
const DENIED_FEATURES = [
  'accelerometer',
  'camera',
  'display-capture',
  'encrypted-media',
  'fullscreen',
  'geolocation',
  'gyroscope',
  'hid',
  'idle-detection',
  'magnetometer',
  'midi',
  'payment',
  'picture-in-picture',
  'publickey-credentials-get',
  'screen-wake-lock',
  'serial',
  'usb',
  'xr-spatial-tracking',
];

/** Headers of every answer that carries a part of the page. */
export function pageHeaders(connect: "'self'" | "'none'"): Record<string, string> {
  return {
    'Content-Security-Policy': contentSecurityPolicy(connect),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': [
      ...DENIED_FEATURES.map((feature) => `${feature}=()`),
      ...OWN_FEATURES.map((feature) => `${feature}=(self)`),
    ].join(', '),
    'X-Frame-Options': 'DENY',
  };
}

/**
 * Whether no other page had this one opened, as the browser says: a person, or `npm start`. Then there is nobody for the
 * opener policy to cut the page off from, and without it a browser keeps the process that it started the page's window
 * with. Scripts cannot set this header (Fetch Metadata, section 2.4).
 */
export function openedByNoPage(headers: IncomingHttpHeaders): boolean {
  return headers['sec-fetch-site'] === 'none';
}
