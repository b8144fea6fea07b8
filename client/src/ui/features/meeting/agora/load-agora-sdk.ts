import type { AgoraClient, AgoraSdk } from './agora-sdk.ts';

/** No messages in the console: they have channels, accounts and tokens. */
const LOG_NOTHING = 4;

/**
 * Parameters that make the SDK report its use to Agora, which no call needs. Configuration that Agora distributes could switch
 * the reports on again, so it is not fetched either.
 */
const REPORTS = [
  'ENABLE_EVENT_REPORT',
  'UPLOAD_LOG',
  'ENABLE_CONFIG_DISTRIBUTE',
  'ENABLE_CREATE_CLIENT_PRECONNECT',
] as const;

/** The keys under which the SDK stores an id of this browser for its reports, and distributed configuration. */
const STORED = ['websdk_ng_install_id', 'websdk_ng_global_parameter'];

/** Loads Agora's SDK, without its reports. Rejects if it cannot be loaded. */
export async function loadAgoraSdk(): Promise<AgoraSdk> {
  forgetStored();
  const agora = await import('agora-rtc-sdk-ng/esm');
  agora.setLogLevel(LOG_NOTHING);
  agora.disableLogUpload();
  for (const parameter of REPORTS) agora.setParameter(parameter, false, true);
  forgetStored();
  return {
    createClient: () => agora.createClient({ mode: 'rtc', codec: 'vp8' }) as AgoraClient,
    openMicrophone: () => agora.createMicrophoneAudioTrack(),
    openCamera: () => agora.createCameraVideoTrack(),
    openBoth: () => agora.createMicrophoneAndCameraTracks(),
  };
}

function forgetStored(): void {
  try {
    for (const key of STORED) localStorage.removeItem(key);
  } catch {
    // The browser gives this page no storage, and the SDK none either.
  }
}
