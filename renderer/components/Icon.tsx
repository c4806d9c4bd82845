import type { ReactNode } from 'react';

const SHAPES = {
  add: <path d="M12 5v14M5 12h14" />,
  'add-person': (
    <>
      <circle cx="9.5" cy="8" r="3.8" />
      <path d="M3 20c.4-4 3-6 6.5-6 1.6 0 3 .4 4.1 1.2M18 14v6M15 17h6" />
    </>
  ),
  back: <path d="M15 5l-7 7 7 7" />,
  block: (
    <>
      <circle cx="12" cy="12" r="8.5" />
      <path d="M6 6l12 12" />
    </>
  ),
  call: (
    <path d="M6.2 3.8l2.6.6 1.4 3.9-1.9 1.5c1 2.3 2.6 3.9 4.9 4.9l1.5-1.9 3.9 1.4.6 2.6c.2 1.3-.7 2.4-2 2.4C10.4 19.2 4.8 13.6 3.8 5.8c0-1.3 1.1-2.2 2.4-2z" />
  ),
  check: <path d="M5 12.5l4.5 4.5L19 7.5" />,
  'check-double': <path d="M2 12.5l4.5 4.5L15 7.5M11.5 16l1 1L21 7.5" />,
  'chevron-down': <path d="M5.5 9l6.5 6.5L18.5 9" />,
  'chevron-up': <path d="M5.5 15.5L12 9l6.5 6.5" />,
  clock: (
    <>
      <circle cx="12" cy="12" r="8.5" />
      <path d="M12 7v5.2l3.3 2" />
    </>
  ),
  close: <path d="M6 6l12 12M18 6L6 18" />,
  cloud: (
    <>
      <path d="M7 18.5a4.2 4.2 0 0 1-.4-8.4 5.6 5.6 0 0 1 10.9 1 3.7 3.7 0 0 1 0 7.4z" />
      <path d="M9.3 13.7l2 2 3.5-3.7" />
    </>
  ),
  copy: (
    <>
      <rect x="9" y="9" width="11" height="11" rx="2" />
      <path d="M15 9V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h3" />
    </>
  ),
  down: <path d="M12 5v14M6 13l6 6 6-6" />,
  download: <path d="M12 4v11M7 11l5 5 5-5M5 20h14" />,
  edit: <path d="M4 20l1-4.5L16.5 4a2 2 0 0 1 3 0l.5.5a2 2 0 0 1 0 3L8.5 19z" />,
  eye: (
    <>
      <path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z" />
      <circle cx="12" cy="12" r="2.8" />
    </>
  ),
  'eye-off': (
    <path d="M4 4l16 16M9.5 5.9A9 9 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a16 16 0 0 1-3 3.7M6 7.7A16 16 0 0 0 2.5 12S6 18.5 12 18.5a9 9 0 0 0 4-.9M10 10a2.8 2.8 0 0 0 4 4" />
  ),
  failed: (
    <>
      <circle cx="12" cy="12" r="8.5" />
      <path d="M12 7.5v5.5M12 16.3v.2" />
    </>
  ),
  'hang-up': (
    <path d="M2.8 14.6c-.3-1.4.4-2.6 1.7-3.3 4.7-2.4 10.3-2.4 15 0 1.3.7 2 1.9 1.7 3.3l-.3 1.5-4.4.3-.8-2.7c-2.5-.7-4.9-.7-7.4 0l-.8 2.7-4.4-.3z" />
  ),
  headphones: (
    <path d="M4 15v-2.5a8 8 0 0 1 16 0V15M4 14.5h3v5.5H5.5A1.5 1.5 0 0 1 4 18.5zM20 14.5h-3v5.5h1.5a1.5 1.5 0 0 0 1.5-1.5z" />
  ),
  'headphones-off': (
    <path d="M4 15v-2.5a8 8 0 0 1 1.6-4.8M9 5.1a8 8 0 0 1 11 7.4V15M4 14.5h3v5.5H5.5A1.5 1.5 0 0 1 4 18.5zM20 15.5v-1M17 17v3h1.5M4 4l16 16" />
  ),
  hourglass: (
    <path d="M6.5 3.5h11M6.5 20.5h11M8 3.5v3.2c0 2.3 4 3.6 4 5.3s-4 3-4 5.3v3.2M16 3.5v3.2c0 2.3-4 3.6-4 5.3s4 3 4 5.3v3.2" />
  ),
  inbox: <path d="M4 13l2.5-8h11L20 13v6H4zM4 13h4.5l1.5 2.5h4l1.5-2.5H20" />,
  key: (
    <>
      <circle cx="8" cy="15" r="4" />
      <path d="M11 12l8.5-8.5M16 7l3 3M13.5 9.5l2 2" />
    </>
  ),
  lock: (
    <>
      <rect x="5" y="10.5" width="14" height="10" rx="2" />
      <path d="M8 10.5V8a4 4 0 0 1 8 0v2.5" />
    </>
  ),
  menu: (
    <g fill="currentColor" stroke="none">
      <circle cx="12" cy="5.5" r="1.7" />
      <circle cx="12" cy="12" r="1.7" />
      <circle cx="12" cy="18.5" r="1.7" />
    </g>
  ),
  microphone: (
    <>
      <rect x="9" y="3.5" width="6" height="10.5" rx="3" />
      <path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v2.8" />
    </>
  ),
  'microphone-off': (
    <path d="M4 4l16 16M15 9.5v-3a3 3 0 0 0-5.6-1.5M9 9v2a3 3 0 0 0 4.5 2.6M5.5 11.5a6.5 6.5 0 0 0 10 5.5M18.5 11.5a6.5 6.5 0 0 1-.7 2.9M12 18v2.8" />
  ),
  network: (
    <>
      <circle cx="12" cy="5" r="2.2" />
      <circle cx="5" cy="17.5" r="2.2" />
      <circle cx="19" cy="17.5" r="2.2" />
      <path d="M11 7l-5 8.5M13 7l5 8.5M7.3 17.5h9.4" />
    </>
  ),
  refresh: <path d="M19.5 12a7.5 7.5 0 1 1-2.3-5.4L20 9M20 4v5h-5" />,
  search: (
    <>
      <circle cx="10.5" cy="10.5" r="6.2" />
      <path d="M15.2 15.2L20.5 20.5" />
    </>
  ),
  send: <path d="M4 12l16-8-5 16-3.5-6.5z" fill="currentColor" strokeLinejoin="round" />,
  settings: (
    <>
      <path d="M4 7h9M17 7h3M4 17h3M11 17h9" />
      <circle cx="15" cy="7" r="2.2" />
      <circle cx="9" cy="17" r="2.2" />
    </>
  ),
  smile: (
    <>
      <circle cx="12" cy="12" r="8.5" />
      <path d="M8.3 14.2c1.8 2.5 5.6 2.5 7.4 0M9 9.5v.4M15 9.5v.4" />
    </>
  ),
  trash: <path d="M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.3 10.5v5.5M13.7 10.5v5.5" />,
  undo: <path d="M8 5L4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11h-3" />,
  warning: <path d="M12 4L2.8 19.5h18.4zM12 10v4.5M12 17v.2" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof SHAPES;

/** Pixels of a rem while nobody has asked for larger text. */
const REM_PX = 16;

/**
 * A drawn sign. Always hidden from screen readers: the control or text beside it carries the name. It grows with the
 * text; `size` is in pixels of ordinary text.
 */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  const side = `${size / REM_PX}rem`;
  return (
    <svg
      className="icon"
      width={side}
      height={side}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {SHAPES[name]}
    </svg>
  );
}
