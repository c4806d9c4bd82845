import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { JsonLogger, LOG_LEVELS, type LogLevel } from './json-logger.ts';

function logger(level: LogLevel = 'debug') {
  const lines: string[] = [];
  const target = new JsonLogger({ level, write: (line) => lines.push(line), wall: () => 0 });
  return { target, lines, last: () => JSON.parse(lines.at(-1) ?? '') };
}

test('writes one JSON object a line', () => {
  const { target, lines } = logger();
  target.info('dht.joined', { nodes: 12, address: '[::1]:4000', ok: true });
  expect(lines).toEqual([
    '{"time":"1970-01-01T00:00:00.000Z","level":"info","event":"dht.joined","nodes":12,"address":"[::1]:4000","ok":true}\n',
  ]);
});

test.each(LOG_LEVELS)('level %s lets itself and graver ones through', (level) => {
  const { target, lines } = logger(level);
  target.debug('a');
  target.info('b');
  target.warn('c');
  target.error('d');
  const expected = LOG_LEVELS.slice(LOG_LEVELS.indexOf(level)).filter((name) => name !== 'off');
  expect(lines.map((line) => JSON.parse(line).level)).toEqual(expected);
});

test.each(['see you at eight', 'a\nb', 'x'.repeat(129), '“quoted”', 'alice@example'])('masks %j', (text) => {
  const { target, last } = logger();
  target.warn('event', { field: text });
  expect(last().field).toBe('(masked)');
});

test('an event name that is a sentence is masked', () => {
  const { target, last } = logger();
  target.warn('hello my friend');
  expect(last().event).toBe('(masked)');
});

test('a field cannot replace time, level or event', () => {
  const { target, last } = logger();
  target.error('real', { event: 'forged', level: 'debug', time: 'never' });
  expect(last()).toEqual({ time: '1970-01-01T00:00:00.000Z', level: 'error', event: 'real' });
});

test('whatever the fields are, each call is exactly one line of JSON', () => {
  fc.assert(
    fc.property(fc.string(), fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.double(), fc.boolean())), (e, f) => {
      const { target, lines } = logger();
      target.info(e, f);
      expect(lines).toHaveLength(1);
      expect(lines[0]?.indexOf('\n')).toBe((lines[0]?.length ?? 0) - 1);
      JSON.parse(lines[0] ?? '');
    }),
  );
});

test('goes to standard error unless told otherwise', () => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  new JsonLogger({ level: 'info' }).info('started');
  expect(write).toHaveBeenCalledTimes(1);
  write.mockRestore();
});
