import { useEffect, useState } from 'react';

export interface DeviceChoice {
  readonly value: string;
  readonly label: string;
}

export interface DeviceChoices {
  readonly inputs: readonly DeviceChoice[];
  readonly outputs: readonly DeviceChoice[];
}

const NONE: DeviceChoices = { inputs: [], outputs: [] };

/**
 * Microphones and loudspeakers of this computer, followed while they come and go. Browsers tell their names only to a
 * page that may use the microphone: they are looked for anew when `opened` changes.
 */
export function useDevices(opened: boolean): DeviceChoices {
  const [choices, setChoices] = useState(NONE);
  useEffect(() => {
    const { mediaDevices } = navigator;
    if (mediaDevices === undefined) return;
    let gone = false;
    const look = async () => {
      const devices = await mediaDevices.enumerateDevices();
      if (!gone) setChoices({ inputs: named(devices, 'audioinput'), outputs: named(devices, 'audiooutput') });
    };
    void look();
    mediaDevices.addEventListener('devicechange', look);
    return () => {
      gone = true;
      mediaDevices.removeEventListener('devicechange', look);
    };
  }, [opened]);
  return choices;
}

/** The system's own choice is the empty one of ours. */
function named(devices: readonly MediaDeviceInfo[], kind: MediaDeviceKind): DeviceChoice[] {
  return devices
    .filter((device) => device.kind === kind && device.deviceId !== '' && device.deviceId !== 'default')
    .map(({ deviceId, label }, i) => ({ value: deviceId, label: label || `Device ${i + 1}` }));
}
