/** Names shared by the two ends of the IPC binding. */
export const CHANNELS = {
  request: 'parley:request',
  event: 'parley:event',
  openLink: 'parley:open-link',
  deepLink: 'parley:deep-link',
  audio: 'parley:audio',
  allowMicrophone: 'parley:allow-microphone',
  takeDeepLinks: 'parley:take-deep-links',
  showCall: 'parley:show-call',
  closeCall: 'parley:close-call',
  callAction: 'parley:call-action',
  showUnread: 'parley:show-unread',
  showWindow: 'parley:show-window',
} as const;

/** A call that rings, as the system is told of it. */
export interface CallNotice {
  /** 32 hex digits. */
  readonly call: string;
  /** One line each, at most 200 characters. */
  readonly title: string;
  readonly body: string;
}

/** What a person did with such a notice; `open`: pressed the notice itself. */
export type CallAction = 'accept' | 'decline' | 'open';
