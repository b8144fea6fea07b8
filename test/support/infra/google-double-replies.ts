/** An answer of the double. */
export interface Reply {
  readonly status: number;
  /** JSON; a text is sent as HTML. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Returns an error of the Calendar API ("Handle API errors"). */
export function calendarError(code: number, reason: string, message: string): Reply {
  return {
    status: code,
    body: { error: { code, message, errors: [{ domain: 'calendar', reason, message }] } },
  };
}

/** Returns an error of Google's newer APIs (google.rpc.Status). */
export function problem(code: number, status: string, message: string, reason?: string): Reply {
  const type = 'type.googleapis.com/google.rpc.ErrorInfo';
  const details = reason === undefined ? {} : { details: [{ '@type': type, reason }] };
  return { status: code, body: { error: { code, message, status, ...details } } };
}

/** Returns the answer for a space that does not exist, or that the account must not use. */
export function denied(): Reply {
  return problem(403, 'PERMISSION_DENIED', 'Permission denied on resource Space (or it might not exist)');
}

/** Returns the answer to a token without the scope. */
export function insufficientScope(): Reply {
  return problem(
    403,
    'PERMISSION_DENIED',
    'Request had insufficient authentication scopes.',
    'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
  );
}
