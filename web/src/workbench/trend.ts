/** 近期趋势: the geometry of a small bar chart. Pure. */
export interface Day { day: string; received: number; late: number; deviations?: number }
export interface Bar extends Day { x: number; width: number; top: number; height: number; lateHeight: number }
export interface Chart { bars: Bar[]; ticks: { y: number; value: number }[]; labels: { x: number; day: string }[] }

/** A round number of at least `most`: 1, 2, 5 × 10ⁿ. */
export function ceiling(most: number): number {
  if (!(most > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((f) => f * power).find((v) => v >= most) ?? most;
}

/** Bars from left to right over `width` x `height`; at most `dates` dates below. */
export function chart(days: Day[], width: number, height: number, dates = 6): Chart {
  const top = ceiling(Math.max(0, ...days.map((d) => d.received)));
  const step = days.length > 0 ? width / days.length : width;
  const scale = (n: number) => (Math.max(0, n) / top) * height;
  const bars = days.map((day, i) => ({
    ...day, x: i * step + step * 0.15, width: step * 0.7, top: height - scale(day.received), height: scale(day.received), lateHeight: scale(Math.min(day.late, day.received)),
  }));
  const ticks = (top % 2 === 0 ? [0, top / 2, top] : [0, top]).map((value) => ({ value, y: height - scale(value) }));
  const every = Math.max(1, Math.ceil(days.length / dates));
  const labels = days.flatMap((day, i) => (i % every === 0 ? [{ x: i * step + step / 2, day: day.day.slice(5) }] : []));
  return { bars, ticks, labels };
}
