import type { EventPayload } from '../../core/api/contract.ts';
import type { MessageState } from '../../core/api/views.ts';
import type { NodeProcess } from './node-process.ts';

/** The states a message went through as this node told them, each once, oldest first. */
export function statesOf(node: NodeProcess, id: string): MessageState[] {
  const states: MessageState[] = [];
  for (const { name, payload } of node.client.seen) {
    if (name !== 'messages.changed') continue;
    const { messages } = payload as EventPayload<'messages.changed'>;
    for (const message of messages)
      if (message.id === id && states.at(-1) !== message.state) states.push(message.state);
  }
  return states;
}
