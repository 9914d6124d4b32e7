/** GPS 轨迹 on plain paper: no map tiles, since the office has no internet. Pure. */
import type { GpsPoint } from '../api/types';

export interface Spot { x: number; y: number; atMs: number }
export interface Track { spots: Spot[]; width: number; height: number; metresPerUnit: number; lengthM: number }

const EARTH_M = 6_371_008.8;
const rad = (degrees: number) => (degrees * Math.PI) / 180;

/** Metres between two points on the sphere. */
export function metres(a: GpsPoint, b: GpsPoint): number {
  const h = Math.sin(rad(b.lat - a.lat) / 2) ** 2 + Math.cos(rad(a.lat)) * Math.cos(rad(b.lat)) * Math.sin(rad(b.lon - a.lon) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

const usable = (p: GpsPoint) =>
  Number.isFinite(p.lat) && Number.isFinite(p.lon) && Number.isFinite(p.at_ms) && Math.abs(p.lat) <= 90 && Math.abs(p.lon) <= 180 && (p.lat !== 0 || p.lon !== 0);

/** Fits the points into `width` x `height` with a margin, true to scale (a local plane is exact enough for a walk or a drive).
 *  Points off the globe and the receiver's 0,0 are left out. Null when nothing is left. */
export function layTrack(points: GpsPoint[], width: number, height: number, margin = 24): Track | null {
  const good = points.filter(usable).sort((a, b) => a.at_ms - b.at_ms);
  if (good.length === 0) return null;
  const middle = good.reduce((sum, p) => sum + p.lat, 0) / good.length;
  const east = (p: GpsPoint) => rad(p.lon) * EARTH_M * Math.cos(rad(middle));
  const north = (p: GpsPoint) => rad(p.lat) * EARTH_M;
  const [west, right] = range(good.map(east));
  const [south, top] = range(good.map(north));
  const metresPerUnit = Math.max((right - west) / (width - 2 * margin), (top - south) / (height - 2 * margin), 0.05);
  const [padX, padY] = [(width - (right - west) / metresPerUnit) / 2, (height - (top - south) / metresPerUnit) / 2];
  const spots = good.map((p) => ({ x: padX + (east(p) - west) / metresPerUnit, y: padY + (top - north(p)) / metresPerUnit, atMs: p.at_ms }));
  const lengthM = good.slice(1).reduce((sum, p, i) => sum + metres(good[i]!, p), 0);
  return { spots, width, height, metresPerUnit, lengthM };
}

function range(values: number[]): [number, number] {
  return values.reduce<[number, number]>(([least, most], v) => [Math.min(least, v), Math.max(most, v)], [Infinity, -Infinity]);
}

/** Where the wearer was at that instant: between the two fixes around it; before the first and after the last: there. */
export function spotAt(track: Track, atMs: number): Spot {
  const { spots } = track;
  const next = spots.findIndex((spot) => spot.atMs >= atMs);
  if (next === 0) return spots[0]!;
  if (next < 0) return spots[spots.length - 1]!;
  const [a, b] = [spots[next - 1]!, spots[next]!];
  const share = b.atMs === a.atMs ? 0 : (atMs - a.atMs) / (b.atMs - a.atMs);
  return { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share, atMs };
}

/** The fix drawn nearest to a click. */
export function nearestSpot(track: Track, x: number, y: number): Spot {
  return track.spots.reduce((best, spot) => (Math.hypot(spot.x - x, spot.y - y) < Math.hypot(best.x - x, best.y - y) ? spot : best));
}

/** A round length (1, 2, 5 × 10ⁿ m) of at most `most` units, for the scale bar. */
export function scaleBar(metresPerUnit: number, most: number): { units: number; metres: number } {
  const limit = metresPerUnit * most;
  const power = 10 ** Math.floor(Math.log10(limit));
  const length = [5, 2, 1].map((f) => f * power).find((l) => l <= limit) ?? power;
  return { units: length / metresPerUnit, metres: length };
}
