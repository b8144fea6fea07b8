/** What passes through signaling unread, from mediasoup-client to mediasoup. */
export type { DtlsParameters, RtpCapabilities, RtpParameters } from 'mediasoup/types';
