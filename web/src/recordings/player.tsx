/** 播放: sound or moving picture with its own controls, because the browser's full screen would lose the watermark. */
import { CaretRightOutlined, FullscreenOutlined, MutedOutlined, PauseOutlined, SoundOutlined, StepBackwardOutlined, StepForwardOutlined } from '@ant-design/icons';
import { Button, Select } from 'antd';
import { useEffect, useImperativeHandle, useRef, useState, type KeyboardEvent, type Ref } from 'react';
import type { RecordingDetail, View } from '../api/types';
import { formatDuration, formatTime } from '../shared/format';
import { useText } from '../shared/text';
import { clamp, commandOf, frameSeconds, nextRate, RATES, type Command } from './player-logic';
import { SeekBar } from './seek-bar';
import { Watermark } from './watermark';

export interface PlayerHandle { seek: (ms: number) => void }
interface Props { recording: RecordingDetail; view: View; url: string; startMs?: number; onTime: (ms: number) => void; ref: Ref<PlayerHandle> }

export function Player({ recording, view, url, startMs = 0, onTime, ref }: Props) {
  const t = useText();
  const frame = useRef<HTMLDivElement>(null);
  const media = useRef<HTMLVideoElement>(null);
  const [atMs, setAtMs] = useState(startMs);
  const [length, setLength] = useState<number | null>(null);
  const [playing, setPlaying] = useState(false);
  const [rate, setRate] = useState(1);
  const [muted, setMuted] = useState(false);
  const [broken, setBroken] = useState(false);
  const durationMs = length ?? recording.duration_ms ?? 0;
  const seek = (ms: number) => {
    if (!media.current) return;
    media.current.currentTime = clamp(ms, 0, durationMs) / 1000;
    setAtMs(clamp(ms, 0, durationMs)); // the slider follows the hand at once, not when the picture has come
  };
  useImperativeHandle(ref, () => ({ seek }));
  useFineClock(media, playing, (ms) => { setAtMs(ms); onTime(ms); });

  const run = (command: Command) => {
    const element = media.current;
    if (!element) return;
    const now = element.currentTime * 1000;
    switch (command.do) {
      case 'toggle': return void (element.paused ? element.play().catch(() => undefined) : element.pause());
      case 'pause': return element.pause();
      case 'seek': return seek(now + command.byMs);
      case 'frame': element.pause(); return seek(now + command.by * frameSeconds(recording.examination) * 1000);
      case 'rate': return setSpeed(nextRate(element.playbackRate, command.up));
      case 'mute': return setMuted(!muted);
      case 'start': return seek(0);
      case 'end': return seek(durationMs);
      case 'fullscreen': return void (document.fullscreenElement ? document.exitFullscreen() : frame.current?.requestFullscreen?.().catch(() => undefined));
    }
  };
  const setSpeed = (next: number) => {
    if (media.current) media.current.playbackRate = next;
    setRate(next);
  };
  const onKey = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    if (target.closest('.ant-select') || (event.key === ' ' && target.closest('button'))) return; // these use the key themselves
    const command = commandOf(event.key, { ctrl: event.ctrlKey, alt: event.altKey, meta: event.metaKey });
    if (!command) return;
    event.preventDefault();
    run(command);
  };
  const sound = recording.kind === 'audio';
  const shared = {
    ref: media, src: url, preload: 'metadata', muted, onPlay: () => setPlaying(true), onPause: () => setPlaying(false), onError: () => setBroken(true),
    onLoadedMetadata: () => {
      const seconds = media.current?.duration ?? NaN;
      if (Number.isFinite(seconds)) setLength(seconds * 1000);
      if (startMs > 0 && media.current) media.current.currentTime = startMs / 1000;
    },
  };
  return (
    <div className={`player ${sound ? 'player-sound' : ''}`} ref={frame} tabIndex={0} role="group" aria-label={t('recordings.player')} onKeyDown={onKey}>
      <div className="screen">
        {/* 记录里没有字幕: enforcement recordings carry no captions; the transcript is a later room's work. */}
        <video {...shared} poster={view.poster_url ?? undefined} playsInline disablePictureInPicture controlsList="nodownload noremoteplayback" onClick={() => run({ do: 'toggle' })} onContextMenu={(e) => e.preventDefault()} />
        {sound && <div className="screen-sound" aria-hidden="true"><SoundOutlined /></div>}
        <Watermark text={view.watermark} />
        {broken && <p className="screen-note" role="alert">{t('recordings.cannot_play')}</p>}
      </div>
      <SeekBar recording={recording} view={view} durationMs={durationMs} atMs={atMs} onSeek={seek} />
      <div className="controls">
        <Button type="text" aria-label={t(playing ? 'recordings.pause' : 'recordings.play')} icon={playing ? <PauseOutlined /> : <CaretRightOutlined />} onClick={() => run({ do: 'toggle' })} />
        <span className="number clock">{formatDuration(atMs)} / {formatDuration(durationMs)}</span>
        {recording.began_ms !== null && <span className="number clock-real" title={t('recordings.clock_hint')}>{formatTime(recording.began_ms + atMs, 'second')}</span>}
        <span className="spacer" />
        {!sound && <Button type="text" aria-label={t('recordings.frame_back')} icon={<StepBackwardOutlined />} onClick={() => run({ do: 'frame', by: -1 })} />}
        {!sound && <Button type="text" aria-label={t('recordings.frame_on')} icon={<StepForwardOutlined />} onClick={() => run({ do: 'frame', by: 1 })} />}
        <Select aria-label={t('recordings.rate')} value={rate} onChange={setSpeed} options={RATES.map((r) => ({ value: r, label: `${r}×` }))} variant="borderless" popupMatchSelectWidth={72} getPopupContainer={() => frame.current ?? document.body} />
        <Button type="text" aria-label={t(muted ? 'recordings.unmute' : 'recordings.mute')} icon={muted ? <MutedOutlined /> : <SoundOutlined />} onClick={() => run({ do: 'mute' })} />
        {!sound && <Button type="text" aria-label={t('recordings.fullscreen')} icon={<FullscreenOutlined />} onClick={() => run({ do: 'fullscreen' })} />}
      </div>
      <p className="keys">{t('recordings.keys')}</p>
    </div>
  );
}

/** `timeupdate` comes four times a second, too coarse for a cursor on a track: while playing, every drawn frame; else on change. */
function useFineClock(media: React.RefObject<HTMLMediaElement | null>, playing: boolean, tick: (ms: number) => void) {
  const latest = useRef(tick);
  useEffect(() => { latest.current = tick; });
  useEffect(() => {
    const element = media.current;
    if (!element) return;
    const tell = () => latest.current(element.currentTime * 1000);
    const events = ['seeked', 'seeking', 'timeupdate'];
    events.forEach((name) => element.addEventListener(name, tell));
    let handle = 0;
    const loop = () => {
      tell();
      handle = requestAnimationFrame(loop);
    };
    if (playing) handle = requestAnimationFrame(loop);
    return () => {
      cancelAnimationFrame(handle);
      events.forEach((name) => element.removeEventListener(name, tell));
    };
  }, [media, playing]);
}
