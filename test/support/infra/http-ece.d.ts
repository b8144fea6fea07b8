declare module 'http_ece' {
  import type { ECDH } from 'node:crypto';

  const ece: {
    /** Decrypts a message with the content coding aes128gcm (RFC 8188), with the keys of a push subscription (RFC 8291). */
    decrypt(
      content: Uint8Array,
      options: { readonly version: 'aes128gcm'; readonly privateKey: ECDH; readonly authSecret: string },
    ): Buffer;
  };
  export default ece;
}
