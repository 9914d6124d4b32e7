/** 金额: stored in fen, read and typed in yuan. Pure. */

/** 1234567 -> `12,345.67`. */
export function formatFen(fen: number | null | undefined): string {
  if (fen === null || fen === undefined || !Number.isFinite(fen)) return '—';
  return (fen / 100).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

/** What somebody typed in yuan, to the nearest fen; nothing stays nothing. */
export const toFen = (yuan: number | null | undefined): number | null => (yuan === null || yuan === undefined || !Number.isFinite(yuan) ? null : Math.round(yuan * 100));

export interface Tested { passed?: number | null; failed?: number | null }
/** 验收: passed and failed add up to what was bought. */
export const addsUp = (quantity: number, { passed, failed }: Tested): boolean => (passed ?? 0) + (failed ?? 0) === quantity && (passed ?? 0) >= 0 && (failed ?? 0) >= 0;

/** The parts of a bar that shows what was granted against what was asked, and spent against granted: per cent of the largest. */
export function shares(figures: number[]): number[] {
  const most = Math.max(1, ...figures);
  return figures.map((figure) => Math.round((Math.max(0, figure) / most) * 1000) / 10);
}
