/** 扫码: the field that always has the keyboard, and the phone's camera where the browser can read codes. */
import { CameraOutlined, ScanOutlined, StopOutlined } from '@ant-design/icons';
import { Button, Input, type InputRef } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useText } from '../shared/text';
import { cameraReads, readCamera } from './camera';
import type { Notice } from './desk';

export function ScanField({ onScan, notice }: { onScan: (typed: string) => void; notice: Notice | null }) {
  const t = useText();
  const field = useRef<InputRef>(null);
  const [typed, setTyped] = useState('');
  const [filming, setFilming] = useState(false);
  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    // A scan begins while nothing takes letters, e.g. after a click on a button: its first letter comes here too.
    const hold = (event: KeyboardEvent) => {
      if (event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey && !event.altKey && !takesLetters(document.activeElement)) field.current?.focus();
    };
    document.addEventListener('keydown', hold);
    return () => document.removeEventListener('keydown', hold);
  }, []);
  const enter = () => {
    onScan(typed);
    setTyped('');
  };
  return (
    <div className="scan">
      <div className="row">
        <Input
          ref={field} size="large" className="grow" prefix={<ScanOutlined />} value={typed} autoComplete="off" spellCheck={false} maxLength={200} placeholder={t('equipment.desk.scan_here')} aria-label={t('equipment.desk.scan')}
          onChange={(event) => setTyped(event.target.value)} onPressEnter={(event) => { if (!event.nativeEvent.isComposing) enter(); }}
        />
        {cameraReads() && (
          <Button size="large" icon={filming ? <StopOutlined /> : <CameraOutlined />} onClick={() => setFilming(!filming)}>{filming ? t('equipment.desk.camera_off') : t('equipment.desk.camera')}</Button>
        )}
      </div>
      {filming && <Camera onCode={onScan} onEnd={() => setFilming(false)} />}
      <p className="scan-notice" role="status">{notice && t.code('equipment.desk.notice', notice.code, { code: notice.scanned })}</p>
    </div>
  );
}

/** A field that is written into; a radio button, a tick or a button is none. */
function takesLetters(element: Element | null): boolean {
  if (element instanceof HTMLInputElement) return !['radio', 'checkbox', 'button', 'submit'].includes(element.type);
  return element instanceof HTMLTextAreaElement || (element instanceof HTMLElement && element.isContentEditable);
}

function Camera({ onCode, onEnd }: { onCode: (code: string) => void; onEnd: () => void }) {
  const t = useText();
  const video = useRef<HTMLVideoElement>(null);
  const [refused, setRefused] = useState(false);
  const tell = useRef(onCode);
  useEffect(() => { tell.current = onCode; });
  useEffect(() => readCamera(video.current!, (code) => tell.current(code), () => setRefused(true)), []);
  if (refused) return <p className="bad">{t('equipment.desk.camera_refused')} <Button size="small" onClick={onEnd}>{t('form.close')}</Button></p>;
  return <video ref={video} className="scan-video" muted playsInline aria-label={t('equipment.desk.camera')} />;
}
