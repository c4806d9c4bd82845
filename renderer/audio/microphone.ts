/** Why there is no sound of a microphone. */
export type MicrophoneProblem = 'refused' | 'missing' | 'busy' | 'lost' | 'unsupported';

export type Opened =
  | { readonly ok: true; readonly stream: MediaStream }
  | { readonly ok: false; readonly problem: MicrophoneProblem };

/** Asks for a microphone. One that was chosen and is gone is replaced by the system's own choice. Never throws. */
export async function openMicrophone(deviceId: string): Promise<Opened> {
  const { mediaDevices } = navigator;
  if (mediaDevices === undefined) return { ok: false, problem: 'unsupported' };
  try {
    return { ok: true, stream: await mediaDevices.getUserMedia({ audio: constraints(deviceId) }) };
  } catch (error) {
    const { name } = error as DOMException;
    if (deviceId !== '' && (name === 'OverconstrainedError' || name === 'NotFoundError')) return openMicrophone('');
    return { ok: false, problem: problemOf(name) };
  }
}

export function closeMicrophone(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

function constraints(deviceId: string): MediaTrackConstraints {
  const clean = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
  return deviceId === '' ? clean : { ...clean, deviceId: { exact: deviceId } };
}

function problemOf(name: string): MicrophoneProblem {
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'refused';
  if (name === 'NotReadableError' || name === 'AbortError') return 'busy';
  return 'missing';
}
