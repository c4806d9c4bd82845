/** The columns of `messages`, named like the fields of `MessageRow`; `state` as people see it (migration 0005). */
export const MESSAGE_COLUMNS =
  'id, friend, direction, device, seq, message_id AS messageId, sent_at AS sentAt, stored_at AS storedAt, max(state, shown) AS state, text';
