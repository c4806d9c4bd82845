import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../ids/bytes.ts';
import {
  type ClientAudioMessage,
  type CoreAudioMessage,
  MAX_AUDIO_MESSAGE_BYTES,
  MAX_OPUS_BYTES,
  readClientAudio,
  readCoreAudio,
  writeClientAudio,
  writeCoreAudio,
} from './audio-messages.ts';

const call = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(toHex);
const frame = {
  kind: fc.constant('audio' as const),
  call,
  silence: fc.boolean(),
  clock: fc.maxSafeNat(),
  opus: fc.uint8Array({ minLength: 1, maxLength: MAX_OPUS_BYTES }),
};
const fromClient: fc.Arbitrary<ClientAudioMessage> = fc.oneof(
  fc.record({ kind: fc.constant('attach' as const), call }),
  fc.record(frame),
);
const fromCore: fc.Arbitrary<CoreAudioMessage> = fc.oneof(
  fc.record({
    kind: fc.constant('detached' as const),
    call,
    why: fc.constantFrom('over' as const, 'replaced' as const),
  }),
  fc.record({ ...frame, sequence: fc.nat(0xffff_ffff) }),
);

describe('binary messages', () => {
  it('come out as they went in, and are no longer than the limit', () => {
    fc.assert(
      fc.property(fromClient, fromCore, (client, core) => {
        expect(readClientAudio(writeClientAudio(client))).toEqual(client);
        expect(readCoreAudio(writeCoreAudio(core))).toEqual(core);
        expect(writeCoreAudio(core).length).toBeLessThanOrEqual(MAX_AUDIO_MESSAGE_BYTES);
      }),
    );
  });

  it('of any bytes give a value of one encoding, or nothing', () => {
    const bytes = fc.tuple(fc.nat(5), fc.nat(2), fc.uint8Array({ maxLength: 420 }));
    fc.assert(
      fc.property(bytes, ([kind, flag, rest]) => {
        const input = Uint8Array.of(kind, flag, ...rest);
        const [client, core] = [readClientAudio(input), readCoreAudio(input)];
        if (client !== undefined) expect(writeClientAudio(client)).toEqual(input);
        if (core !== undefined) expect(writeCoreAudio(core)).toEqual(input);
      }),
      { numRuns: 2_000 },
    );
  });

  const id = '000102030405060708090a0b0c0d0e0f';
  it('keep their bytes', () => {
    const attach = `0100${id}`;
    expect(toHex(writeClientAudio({ kind: 'attach', call: id }))).toBe(attach);
    const audio = { kind: 'audio', call: id, silence: false, clock: 960, opus: Uint8Array.of(0xaa, 0xbb) } as const;
    expect(toHex(writeClientAudio(audio))).toBe(`0200${id}00000000000003c0aabb`);
    expect(toHex(writeCoreAudio({ ...audio, silence: true, sequence: 7 }))).toBe(
      `0301${id}00000000000003c000000007aabb`,
    );
    expect(toHex(writeCoreAudio({ kind: 'detached', call: id, why: 'replaced' }))).toBe(`0401${id}`);
  });

  it('share no memory with what they were read from', () => {
    const bytes = writeClientAudio({ kind: 'audio', call: id, silence: false, clock: 0, opus: Uint8Array.of(1) });
    const read = readClientAudio(bytes);
    bytes.fill(9);
    expect(read).toMatchObject({ opus: Uint8Array.of(1) });
  });

  it.each([
    ['', 'nothing'],
    [`01${id}`, 'too short'],
    [`0100${id}00`, 'an attach with more'],
    [`0101${id}`, 'an attach with a flag'],
    [`0200${id}0000000000000000`, 'speech without a frame'],
    [`0202${id}0000000000000000aa`, 'an unknown flag'],
    [`0200${id}0020000000000000aa`, 'a clock above 2^53'],
    [`0200${id}0000000000000000${'aa'.repeat(361)}`, 'a frame too long'],
    [`0300${id}000000000000000000000000aa`, 'what only the core says'],
  ])('are refused from a client: %s (%s)', (hex) => {
    expect(readClientAudio(fromHex(hex)!)).toBeUndefined();
  });

  it('are not made of nonsense', () => {
    const audio = { kind: 'audio', call: id, silence: false, clock: 0, opus: Uint8Array.of(1) } as const;
    expect(() => writeClientAudio({ ...audio, call: 'ab' })).toThrow(RangeError);
    expect(() => writeClientAudio({ ...audio, clock: -1 })).toThrow(RangeError);
    expect(() => writeClientAudio({ ...audio, opus: new Uint8Array(0) })).toThrow(RangeError);
    expect(() => writeClientAudio({ ...audio, opus: new Uint8Array(361) })).toThrow(RangeError);
    expect(writeClientAudio({ ...audio, silence: true, opus: new Uint8Array(0) }).length).toBe(26);
  });
});
