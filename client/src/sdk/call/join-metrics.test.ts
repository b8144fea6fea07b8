import { describe, expect, it } from 'vitest';
import { JoinMetrics } from './join-metrics.ts';

describe('JoinMetrics', () => {
  it('records click, ack and first frame in order, with the messages between', () => {
    const metrics = new JoinMetrics();
    metrics.click(5);
    metrics.ack();
    metrics.firstFrame(6);
    const { clickAt, ackAt, firstFrameAt, awaitedMessages } = metrics.times;
    expect(awaitedMessages).toBe(1);
    expect(ackAt).toBeGreaterThanOrEqual(clickAt!);
    expect(firstFrameAt).toBeGreaterThanOrEqual(ackAt!);
    expect(metrics.firstFrameMs).toBe(Math.round(firstFrameAt! - clickAt!));
    expect(performance.getEntriesByName('televisit:first-remote-frame')).not.toHaveLength(0);
  });

  it('firstFrame() is ignored before the ack', () => {
    const metrics = new JoinMetrics();
    metrics.click(0);
    metrics.firstFrame(1);
    expect(metrics.times.firstFrameAt).toBeNull();
    expect(metrics.firstFrameMs).toBeUndefined();
  });

  it('firstFrame() is ignored the second time, as after a reconnect', () => {
    const metrics = new JoinMetrics();
    metrics.click(0);
    metrics.ack();
    metrics.firstFrame(1);
    const { times } = metrics;
    metrics.ack();
    metrics.firstFrame(9);
    expect(metrics.times).toBe(times);
  });

  it('ack() is ignored without a click', () => {
    const metrics = new JoinMetrics();
    metrics.ack();
    expect(metrics.times.ackAt).toBeNull();
  });
});
