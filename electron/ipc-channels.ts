/** Names shared by the two ends of the IPC binding. */
export const CHANNELS = {
  request: 'parley:request',
  event: 'parley:event',
  openLink: 'parley:open-link',
  deepLink: 'parley:deep-link',
  audio: 'parley:audio',
  allowMicrophone: 'parley:allow-microphone',
  takeDeepLinks: 'parley:take-deep-links',
} as const;
