import { useMemo } from 'react';
import type { MessageView } from '../../../core/api/views.ts';
import { useApp } from '../../hooks/app-context.ts';

/** What a row may do; one stable object, so that rows need not render again. */
export interface MessageActions {
  copy(message: MessageView): void;
  copyLink(url: string): void;
  resend(message: MessageView): void;
  cancel(message: MessageView): void;
  /** Deletes it on this computer. */
  remove(message: MessageView): void;
  seen(message: MessageView): void;
  openLink(url: string): void;
  /** Calls whoever this entry of a call is of. */
  call(message: MessageView): void;
}

export function useMessageActions(): MessageActions {
  const { stores, shell } = useApp();
  return useMemo(() => {
    const chat = stores.chat.getState;
    const ui = stores.ui.getState;
    const copy = async (text: string, news: string) => {
      if (await shell.copy(text)) ui().toast({ text: news, tone: 'info' });
    };
    return {
      copy: (message) => void copy(message.text, 'The message was copied.'),
      copyLink: (url) => void copy(url, 'The link was copied.'),
      resend: (message) => void chat().resend(message),
      cancel: (message) => void chat().cancel(message),
      remove: (message) => void chat().remove(message),
      seen: (message) => chat().seen(message),
      call: (message) => void stores.calls.getState().start(message.friend),
      openLink: (url) => {
        if (url.startsWith('parley:')) ui().openDialog({ kind: 'add-friend', text: url });
        else ui().openDialog({ kind: 'link', url });
      },
    };
  }, [stores, shell]);
}
