import { seedToWords, wordsToSeed } from '../crypto/recovery-words.ts';
import { normaliseAddress } from '../ids/address.ts';
import { fromHex, nodeKey, toHex } from '../ids/bytes.ts';
import { formatNodeAddress, parseNodeAddress } from '../ids/node-address.ts';
import { encodePublicId, parsePublicId, publicIdLink } from '../ids/public-id.ts';
import { anyText, type FuzzTarget, must, utf8 } from './fuzz-target.ts';
import { SeededRandom } from './seeded-random.ts';

const random = new SeededRandom('fuzz texts');
const publicIds = [1, 2].map(() => encodePublicId({ key: random.bytes(32) as never, tag: random.bytes(4) as never }));
const key = nodeKey(random.bytes(32));

const publicId: FuzzTarget = {
  name: 'ids.parsePublicId',
  corpus: [
    ...publicIds,
    publicIds[0]!.toUpperCase(),
    publicIdLink(publicIds[1]!),
    ` ${publicIds[0]}\n`,
    `“${publicIds[1]}”.`,
  ].map(utf8),
  run(input) {
    const text = anyText(input);
    const parsed = parsePublicId(text);
    if (parsed.ok) {
      must(encodePublicId(parsed.value) === parsed.value.text, 'the canonical text is another one');
      must(
        text
          .toLowerCase()
          .replaceAll(/[^a-z0-9]/g, '')
          .includes(parsed.value.text),
        'accepted what was not written there',
      );
      return true;
    }
    const { positions, message } = parsed;
    must(
      positions.every((at, i) => at >= 0 && at < text.length && at > (positions[i - 1] ?? -1)),
      'positions outside',
    );
    must(message.length > 0, 'no word for people');
    return false;
  },
};

const nodeAddress: FuzzTarget = {
  name: 'ids.parseNodeAddress',
  corpus: ['127.0.0.1', '[2001:db8::1]', '[::ffff:1.2.3.4]', 'node.example.org', 'localhost.']
    .map((host) => `${host}:4000/${toHex(key)}`)
    .map(utf8),
  run(input) {
    const parsed = parseNodeAddress(anyText(input));
    if (!parsed.ok) return false;
    const again = parseNodeAddress(formatNodeAddress(parsed.value));
    must(again.ok && formatNodeAddress(again.value) === formatNodeAddress(parsed.value), 'reads differently again');
    return true;
  },
};

const hostAddress: FuzzTarget = {
  name: 'ids.normaliseAddress',
  corpus: ['192.0.2.1', '::', '2001:db8::ff00:42:8329', '::ffff:1.2.3.4', 'fe80::1', '1:2:3:4:5:6:7:8'].map(utf8),
  run(input) {
    const normal = normaliseAddress(anyText(input));
    if (normal === undefined) return false;
    must(normaliseAddress(normal) === normal, 'a normal form has another normal form');
    return true;
  },
};

const words: FuzzTarget = {
  name: 'crypto.wordsToSeed',
  corpus: [1, 2].map(() => utf8(seedToWords(random.bytes(32)).join(' '))),
  run(input) {
    const text = anyText(input);
    const parsed = wordsToSeed(text);
    if (!parsed.ok) return false;
    // What stands between words may be anything but a letter.
    const letters = text.normalize('NFKD').toLowerCase().replace(/\P{L}/gu, '');
    must(seedToWords(parsed.seed).join('') === letters, 'other words');
    return true;
  },
};

const hexadecimal: FuzzTarget = {
  name: 'ids.fromHex',
  corpus: ['', '00', 'deadBEEF'].map(utf8),
  run(input) {
    const text = anyText(input);
    const bytes = fromHex(text);
    if (bytes === undefined) return false;
    must(toHex(bytes) === text.toLowerCase(), 'comes out differently');
    return true;
  },
};

/** Texts that people paste or type. */
export const TEXT_TARGETS: readonly FuzzTarget[] = [publicId, nodeAddress, hostAddress, words, hexadecimal];
