import * as v from 'valibot';
import { failure, type TaggedResult } from '../../api/dispatch.ts';
import type { RpcCall } from '../../api/json-rpc.ts';
import { sameToken } from './access.ts';

/** The one method of the binding itself: shows the token on a connection that was opened without one. */
const AUTHENTICATE = 'session.authenticate';

const authenticateArgs = v.strictObject({ token: v.pipe(v.string(), v.maxLength(256)) });

export interface AuthenticationOptions {
  readonly token: string;
  /** Where requests go once the token was right. */
  readonly call: RpcCall;
  readonly onAccepted: () => void;
  readonly onRefused: () => void;
}

/** Lets nothing through until `session.authenticate` has brought the right token; one wrong step ends it. */
export function authenticating({ token, call, onAccepted, onRefused }: AuthenticationOptions): RpcCall {
  let state: 'waiting' | 'accepted' | 'refused' = 'waiting';
  const refuse = (): TaggedResult => {
    state = 'refused';
    onRefused();
    return failure('unauthorised', 'The token is missing or wrong.');
  };
  return async (method, params) => {
    if (state === 'accepted') return call(method, params);
    const args = v.safeParse(authenticateArgs, params);
    if (state === 'refused' || method !== AUTHENTICATE || !args.success) return refuse();
    if (!sameToken(args.output.token, token)) return refuse();
    state = 'accepted';
    onAccepted();
    return { ok: true, value: {} };
  };
}
