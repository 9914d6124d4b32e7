/** 进度条: thumbnails or waveform to click on, breaks marked, and a real slider for the keyboard. */
import { useEffect, useRef, useState } from 'react';
import type { RecordingDetail, View } from '../api/types';
import { formatDuration } from '../shared/format';
import { useText } from '../shared/text';
import { clamp, gapMarks, stripCells } from './player-logic';

interface Props { recording: RecordingDetail; view: View; durationMs: number; atMs: number; onSeek: (ms: number) => void }

export function SeekBar({ recording, view, durationMs, atMs, onSeek }: Props) {
  const t = useText();
  const marks = gapMarks(recording.examination, durationMs);
  const share = durationMs > 0 ? clamp(atMs / durationMs, 0, 1) : 0;
  return (
    <div className="seek">
      {view.strip && <Strip strip={view.strip} durationMs={durationMs} share={share} onSeek={onSeek} />}
      {!view.strip && view.waveform_url && <Wave url={view.waveform_url} durationMs={durationMs} share={share} onSeek={onSeek} />}
      <div className="seek-line">
        <input
          type="range" min={0} max={Math.max(1, Math.round(durationMs))} step={100} value={Math.round(atMs)} onChange={(event) => onSeek(Number(event.target.value))}
          aria-label={t('recordings.position')} aria-valuetext={t('recordings.position_text', { at: formatDuration(atMs), length: formatDuration(durationMs) })}
          style={{ '--share': `${share * 100}%` } as React.CSSProperties}
        />
        {marks.map((mark) => (
          <button
            key={`${mark.kind}${mark.atMs}`} type="button" className="gap-mark" style={{ left: `${mark.left}%` }} onClick={() => onSeek(mark.atMs)}
            aria-label={t('recordings.gap_mark', { at: formatDuration(mark.atMs), kind: t.code('recordings.gap', mark.kind), length: formatDuration(mark.lengthMs) })}
            title={t('recordings.gap_mark', { at: formatDuration(mark.atMs), kind: t.code('recordings.gap', mark.kind), length: formatDuration(mark.lengthMs) })}
          />
        ))}
      </div>
    </div>
  );
}

type Bar = { durationMs: number; share: number; onSeek: (ms: number) => void };

function clickedMs(event: React.MouseEvent<HTMLElement>, durationMs: number): number {
  const box = event.currentTarget.getBoundingClientRect();
  return clamp((event.clientX - box.left) / box.width, 0, 1) * durationMs;
}

function Strip({ strip, durationMs, share, onSeek }: Bar & { strip: NonNullable<View['strip']> }) {
  const holder = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0));
    if (holder.current) observer.observe(holder.current);
    return () => observer.disconnect();
  }, []);
  const height = 54;
  const cell = Math.max(24, (strip.width / Math.max(1, strip.height)) * height);
  const cells = width > 0 ? stripCells(strip, durationMs, Math.max(1, Math.round(width / cell))) : [];
  const each = cells.length > 0 ? width / cells.length : 0;
  const scale = Math.max(each / strip.width, height / strip.height);
  // The slider below is the accessible control; these pictures repeat it for the mouse.
  return (
    <div className="strip" ref={holder} aria-hidden="true" onClick={(event) => onSeek(clickedMs(event, durationMs))} style={{ height }}>
      {cells.map((c) => (
        <span
          key={c.atMs}
          style={{
            width: each, backgroundImage: `url("${strip.url}")`, backgroundSize: `${strip.columns * strip.width * scale}px auto`,
            backgroundPosition: `${-c.column * strip.width * scale - (strip.width * scale - each) / 2}px ${-c.row * strip.height * scale}px`,
          }}
        />
      ))}
      <i style={{ left: `${share * 100}%` }} />
    </div>
  );
}

function Wave({ url, durationMs, share, onSeek }: Bar & { url: string }) {
  return (
    <div className="wave" aria-hidden="true" onClick={(event) => onSeek(clickedMs(event, durationMs))}>
      <img src={url} alt="" draggable={false} />
      <i style={{ left: `${share * 100}%` }} />
    </div>
  );
}
