import { describe, expect, it } from 'vitest';
import { roomLeft } from './room.ts';

describe('the room a text leaves', () => {
  it('is told in characters such as it has', () => {
    expect(roomLeft('', 512)).toBe('512 characters left');
    expect(roomLeft('abc', 4)).toBe('1 character left');
    expect(roomLeft('é'.repeat(200), 512)).toBe('56 characters left');
    expect(roomLeft('word '.repeat(2_000), 16_384)).toBe(`${(6_384).toLocaleString()} characters left`);
  });

  it('is none when it is full, and what is too much is never told as nothing', () => {
    expect(roomLeft('é'.repeat(256), 512)).toBe('0 characters left');
    expect(roomLeft(`${'é'.repeat(256)}.`, 512)).toBe('1 character too long');
    expect(roomLeft('x'.repeat(600), 512)).toBe('88 characters too long');
  });
});
