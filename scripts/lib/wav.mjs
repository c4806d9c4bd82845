/** A whole WAV file (RIFF, PCM): 16 bit, mono. See `wav.d.mts`. */
export function wavFile({ rate, seconds, sampleAt }) {
  const count = Math.round(rate * seconds);
  const file = Buffer.alloc(44 + count * 2);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + count * 2, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(rate * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(count * 2, 40);
  for (let i = 0; i < count; i++) {
    file.writeInt16LE(Math.round(Math.max(-1, Math.min(1, sampleAt(i / rate))) * 32_767), 44 + i * 2);
  }
  return file;
}
