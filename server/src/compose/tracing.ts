import { VERSION } from '../cluster/process-identity.ts';
import type { Config } from '../config.ts';
import { currentTraceparent, withTraceparent } from '../core/request-context.ts';
import { codeOf, NO_TRACER, type Tracer } from '../core/tracer.ts';
import { wrapMethods } from '../core/wrapped-methods.ts';
import type { Ids } from '../domain/ids.ts';
import type { Logger } from 'pino';

/** Begins to record spans, if they can be sent somewhere. OpenTelemetry is loaded only then. */
export async function openTracing(
  { tracing }: Pick<Config, 'tracing'>,
  { ids, logger, resources }: { ids: Ids; logger: Logger; resources: AsyncDisposableStack },
): Promise<Tracer> {
  if (tracing === null) return NO_TRACER;
  const { OtlpTracer } = await import('../tracing/otlp-tracer.ts');
  const tracer = new OtlpTracer({ ...tracing, version: VERSION, instance: ids.unique(), logger });
  // The first resource is closed last: what the others do while they close is sent, too.
  resources.defer(() => tracer.close());
  return tracer;
}

/** Returns a store whose operations are spans of the request that they belong to. */
export function tracedStore<S extends object>(store: S, tracer: Tracer): S {
  if (!tracer.enabled) return store;
  return wrapMethods(store, (operation, call) => {
    if (currentTraceparent() === undefined) return call();
    const span = tracer.start(`store ${operation}`, { attributes: { 'db.operation.name': operation } });
    const result = withTraceparent(span.traceparent, call);
    // Something that takes no time is no step: its span is not ended, and not recorded.
    if (!(result instanceof Promise)) return result;
    result.then(
      () => span.end(),
      (error: unknown) => {
        span.fail(codeOf(error));
        span.end();
      },
    );
    return result;
  });
}
