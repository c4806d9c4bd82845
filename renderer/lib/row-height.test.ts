import { describe, expect, it } from 'vitest';
import type { MessageView } from '../../core/api/views.ts';
import { makeMessage } from '../testing/fake-data.ts';
import { rowHeight } from './row-height.ts';
import type { Row } from './rows.ts';

const VIEW = { width: 1100, height: 760, letter: 16 };
const inGroup = { day: null, startsGroup: false, endsGroup: false, firstUnread: false };
const height = (
  text: string,
  { row = {}, message = {} }: { row?: Partial<Row>; message?: Partial<MessageView> } = {},
) =>
  rowHeight(
    { ...inGroup, message: { ...makeMessage({ friend: 'f', order: 1, text, id: 'm' }), ...message }, ...row },
    VIEW,
  );

describe('a row of the history', () => {
  it('has the height of its lines, and of the time where that has no room beside them', () => {
    expect(height('hello')).toBe(38);
    expect(height('hello\n\nworld')).toBe(38 + 2 * 22 - 1);
    expect(height('x'.repeat(70))).toBe(height('hello\nworld'));
    expect(height(`${'x'.repeat(70)}\nhello`)).toBe(height('hello\nworld'));
    expect(height('x'.repeat(700))).toBe(height('a\n'.repeat(9)));
  });

  it('is higher with wide letters, and with large emoji', () => {
    expect(height('汉'.repeat(60))).toBe(height('x'.repeat(120)));
    expect(height('🎉')).toBeGreaterThan(height('hello'));
    expect(height('🎉'.repeat(4))).toBe(height('hello'));
  });

  it('has no more than the beginning of a long text', () => {
    const folded = height('a\n'.repeat(5_000));
    expect(folded).toBe(height('a\n'.repeat(30)));
    expect(height('a '.repeat(8_000))).toBeLessThan(1_400);
  });

  it('is higher at the end of a group, below a heading, and where something can be done about it', () => {
    const plain = height('hello');
    expect(height('hello', { row: { endsGroup: true } })).toBe(plain + 8);
    expect(height('hello', { row: { day: 0 } })).toBeGreaterThan(plain + 28);
    expect(height('hello', { row: { firstUnread: true } })).toBeGreaterThan(plain + 24);
    expect(height('hello', { message: { direction: 'out', state: 'failed' } })).toBeGreaterThan(plain + 10);
    expect(height('hello', { message: { direction: 'out', state: 'read' } })).toBe(plain);
  });

  it('has more lines in a narrow window, however narrow', () => {
    const [narrow, none] = [320, 0].map((width) =>
      rowHeight(
        { ...inGroup, message: makeMessage({ friend: 'f', order: 1, text: 'x'.repeat(100), id: 'm' }) },
        { ...VIEW, width },
      ),
    );
    expect(narrow).toBeGreaterThan(height('x'.repeat(100)));
    expect(none).toBeGreaterThan(narrow!);
    expect(Number.isFinite(none)).toBe(true);
  });
});
