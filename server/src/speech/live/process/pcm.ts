/** Returns samples of 16 bits. */
export function toPcm(samples: Float32Array): Int16Array<ArrayBuffer> {
  const scaled = samples.map((sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_767))));
  return Int16Array.from(scaled);
}
