import type { RecordingDetail } from '../api/types';
import { formatTime } from '../shared/format';
import { Panel } from '../shared/page';
import { useText } from '../shared/text';
import { layTrack, nearestSpot, scaleBar, spotAt } from './track';

const WIDTH = 420;
const HEIGHT = 260;

/** 轨迹: drawn without a map; the point moves with the player, a click moves the player. */
export function TrackPanel({ recording, atMs, onSeek }: { recording: RecordingDetail; atMs: number; onSeek: (ms: number) => void }) {
  const t = useText();
  const track = layTrack(recording.gps, WIDTH, HEIGHT);
  if (!track) return null;
  // GPS instants are absolute; without a beginning the first fix is the beginning.
  const begin = recording.began_ms ?? track.spots[0]!.atMs;
  const here = spotAt(track, begin + atMs);
  const bar = scaleBar(track.metresPerUnit, 120);
  const [first, last] = [track.spots[0]!, track.spots[track.spots.length - 1]!];
  const click = (event: React.MouseEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const spot = nearestSpot(track, ((event.clientX - box.left) / box.width) * WIDTH, ((event.clientY - box.top) / box.height) * HEIGHT);
    onSeek(Math.max(0, spot.atMs - begin));
  };
  return (
    <Panel title={t('recordings.track')} aside={<span className="muted">{t('recordings.track_length', { length: lengthText(track.lengthM), count: track.spots.length })}</span>}>
      <div className="panel-body">
        <svg className="track" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={t('recordings.track_label', { from: formatTime(first.atMs, 'clock'), to: formatTime(last.atMs, 'clock') })} onClick={click}>
          <polyline points={track.spots.map((s) => `${s.x.toFixed(1)},${s.y.toFixed(1)}`).join(' ')} />
          <circle className="track-first" cx={first.x} cy={first.y} r="4" />
          <rect className="track-last" x={last.x - 4} y={last.y - 4} width="8" height="8" />
          <circle className="track-here" cx={here.x} cy={here.y} r="7" />
          <path d={`M10 ${HEIGHT - 14} v6 h${bar.units.toFixed(1)} v-6`} className="track-scale" />
          <text x="14" y={HEIGHT - 18}>{lengthText(bar.metres)}</text>
          <path d={`M${WIDTH - 20} 30 v-18 m-4 6 l4 -6 l4 6`} className="track-scale" />
          <text x={WIDTH - 24} y="44">N</text>
        </svg>
        <p className="muted small">{t('recordings.track_hint')}</p>
      </div>
    </Panel>
  );
}

const lengthText = (m: number): string => (m >= 1000 ? `${(m / 1000).toFixed(m >= 10_000 ? 0 : 1).replace(/\.0$/, '')} km` : `${Math.round(m)} m`);
