/** Filters live in the address, so that a list can be sent to a colleague. Whatever the address says is checked here. */

/** Text of reasonable length, trimmed; anything else is no filter. */
export function textParam(value: unknown, most = 200): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return undefined;
  return text.trim().slice(0, most) || undefined;
}
export function dayParam(value: unknown): string | undefined {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? value : undefined;
}
export function oneOf<T extends string>(value: unknown, allowed: readonly T[]): T | undefined {
  return allowed.find((item) => item === value);
}
export const flagParam = (value: unknown): true | undefined => (value === true || value === 1 || value === '1' || value === 'true' ? true : undefined);

/** Leaves out what is not set, so that addresses stay short and equal filters are equal objects. */
export function compact<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== '')) as T;
}
