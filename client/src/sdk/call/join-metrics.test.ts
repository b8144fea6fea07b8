import { describe, expect, it } from 'vitest';
import { JoinMetrics } from './join-metrics.ts';

describe('JoinMetrics', () => {
  it('click, ack and first frame give times in order and the messages between', () => {
    const metrics = new JoinMetrics();
    metrics.click(5);
    metrics.ack();
    metrics.firstFrame(6);
    const { clickAt, ackAt, firstFrameAt, awaitedMessages } = metrics.times;
    expect(awaitedMessages).toBe(1);
    expect(ackAt).toBeGreaterThanOrEqual(clickAt!);
    expect(firstFrameAt).toBeGreaterThanOrEqual(ackAt!);
    expect(performance.getEntriesByName('televisit:first-remote-frame')).not.toHaveLength(0);
  });

  it('firstFrame() before the ack does not count', () => {
    const metrics = new JoinMetrics();
    metrics.click(0);
    metrics.firstFrame(1);
    expect(metrics.times.firstFrameAt).toBeNull();
  });

  it('firstFrame() a second time, as after a reconnect, changes nothing', () => {
    const metrics = new JoinMetrics();
    metrics.click(0);
    metrics.ack();
    metrics.firstFrame(1);
    const { times } = metrics;
    metrics.ack();
    metrics.firstFrame(9);
    expect(metrics.times).toBe(times);
  });

  it('ack() without a click is ignored', () => {
    const metrics = new JoinMetrics();
    metrics.ack();
    expect(metrics.times.ackAt).toBeNull();
  });
});
