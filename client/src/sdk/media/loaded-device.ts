import type { VisitBootstrap } from '@televisit/shared/api';
import type { types } from 'mediasoup-client';
import { VisitError } from '../core/errors.ts';

/** A mediasoup device that knows what the server can do. Throws `unsupported_browser` where there is none. */
export async function loadDevice(
  { rtpCapabilities }: VisitBootstrap,
  createDevice: () => Promise<types.Device>,
): Promise<types.Device> {
  try {
    const device = await createDevice();
    await device.load({ routerRtpCapabilities: rtpCapabilities });
    return device;
  } catch (error) {
    throw new VisitError('unsupported_browser', { cause: error });
  }
}
