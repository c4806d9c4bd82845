import { useEffect } from 'react';
import type { CallView } from '../../core/api/views.ts';
import { useApp } from './app-context.ts';

/** How a call sounds is as of the moment it was asked for. */
const FRESH_MS = 2_000;

/** The same call, asked for again and again while it is looked at. */
export function useFreshCall(call: CallView): CallView {
  const { stores } = useApp();
  useEffect(() => {
    const timer = setInterval(() => void stores.calls.getState().load(), FRESH_MS);
    return () => clearInterval(timer);
  }, [stores]);
  return call;
}
