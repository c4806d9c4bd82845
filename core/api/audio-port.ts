/** The window message by which the desktop shell's preload hands the page its end of the channel, as a port. */
export const AUDIO_PORT = 'parley:audio-port';
