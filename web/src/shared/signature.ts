/** 签名: strokes of a pen as one SVG path. Pure. */
export type Point = readonly [x: number, y: number];

/** The pad's own measure; whatever its size on the screen, points are told in it. */
export const PAD_WIDTH = 600;
export const PAD_HEIGHT = 180;
/** What the server takes. */
export const STROKES_MOST = 20_000;

/** Whole units, each point relative to the one before: `M10 20l3-4`. A touch without movement is a dot. */
export function pathOf(strokes: readonly (readonly Point[])[]): string {
  return strokes.filter((stroke) => stroke.length > 0).map((stroke) => {
    const points = stroke.map(([x, y]) => [within(x, PAD_WIDTH), within(y, PAD_HEIGHT)] as const);
    const [x, y] = points[0]!;
    const steps = points.slice(1).map(([nextX, nextY], i) => [nextX - points[i]![0], nextY - points[i]![1]] as const).filter(([dx, dy]) => dx !== 0 || dy !== 0);
    return `M${x} ${y}l${(steps.length > 0 ? steps : [[0, 0] as const]).map(([dx, dy]) => `${dx} ${dy}`).join(' ')}`;
  }).join('');
}

const within = (value: number, most: number) => Math.min(most, Math.max(0, Math.round(value) || 0));

/** Whether another point is worth keeping: three units from the last, so that a long signature stays short. */
export const isFar = (last: Point, next: Point): boolean => (last[0] - next[0]) ** 2 + (last[1] - next[1]) ** 2 >= 9;
/** A path from the server is drawn only when it is nothing but a path. */
export const isPath = (text: string | null | undefined): text is string => !!text && text.length <= STROKES_MOST && /^[MmLl\d\s.,-]+$/.test(text);
