import { useEffect, useMemo } from 'react';
import { useApp } from '../../hooks/app-context.ts';
import { createTypingSignal } from '../../stores/typing.ts';

/** Tells the friend that something is being typed, when the settings allow it; ends when the chat is left. */
export function useTyping(friend: string): (typing: boolean) => void {
  const { client, stores } = useApp();
  const signal = useMemo(
    () =>
      createTypingSignal((typing) => {
        if (typing && !stores.settings.getState().settings.sendTyping) return;
        void client.request('messages.setTyping', { friend, typing });
      }),
    [client, stores, friend],
  );
  useEffect(() => () => signal.stop(), [signal]);
  return signal.set;
}
