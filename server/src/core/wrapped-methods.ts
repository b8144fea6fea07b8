/** Calls a method in another way. @param operation the names of objects and method, such as `webhooks.claim` */
export type WrapCall = (operation: string, call: () => unknown) => unknown;

type Method = (...args: unknown[]) => unknown;

/** Returns an object, with the objects that it contains, whose methods are called by `wrap`. */
export function wrapMethods<S extends object>(object: S, wrap: WrapCall, prefix = ''): S {
  const known = new Map<string | symbol, unknown>();
  const wrapped = (value: unknown, operation: string, owner: object): unknown => {
    if (typeof value === 'function') {
      const method = value.bind(owner) as Method;
      return (...args: unknown[]) => wrap(operation, () => method(...args));
    }
    return typeof value === 'object' && value !== null ? wrapMethods(value, wrap, `${operation}.`) : value;
  };
  return new Proxy(object, {
    get: (target, name) => {
      if (!known.has(name)) {
        // With the object as receiver: a proxy has no private fields.
        const value: unknown = Reflect.get(target, name, target);
        const other = wrapped(value, `${prefix}${String(name)}`, target);
        if (other === value) return value;
        known.set(name, other);
      }
      return known.get(name);
    },
  });
}
