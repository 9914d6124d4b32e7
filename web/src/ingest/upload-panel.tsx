import { CloudUploadOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { Button, Progress } from 'antd';
import { useState } from 'react';
import { useMe } from '../session/session';
import { formatBytes, formatDuration } from '../shared/format';
import { Panel } from '../shared/page';
import { DevicePicker, OfficerPicker } from '../shared/pickers';
import { useText } from '../shared/text';
import { isUnfinished, remainingMs, totals, type Upload } from './queue';
import { FileState } from './run-state';
import { addFiles, drop, dropFinished, pause, resume, sendingSince, useUploads } from './uploads';

/** 上传: choose or drop files; whose and from which device is said once for all of them, or found from their names. */
export function UploadPanel() {
  const t = useText();
  const me = useMe();
  const uploads = useUploads();
  const [officer, setOfficer] = useState(me.roles.includes('officer') && !me.roles.includes('custodian') ? (me.officer_id ?? undefined) : undefined);
  const [device, setDevice] = useState<string>();
  const [over, setOver] = useState(false);
  const add = (files: FileList | null) => {
    if (files?.length) addFiles([...files], { device, officer });
  };
  return (
    <Panel title={t('ingest.upload')} aside={uploads.some((u) => !isUnfinished(u)) && <Button size="small" onClick={dropFinished}>{t('ingest.clear_finished')}</Button>}>
      <div className="panel-body">
        <div className="upload-about">
          <label htmlFor="upload-officer">{t('recordings.officer')}</label>
          <OfficerPicker id="upload-officer" label={t('recordings.officer')} placeholder={t('ingest.officer_from_name')} value={officer} onChange={setOfficer} />
          <label htmlFor="upload-device">{t('recordings.device')}</label>
          <DevicePicker id="upload-device" label={t('recordings.device')} placeholder={t('ingest.device_from_name')} value={device} onChange={setDevice} />
        </div>
        <label
          className={over ? 'drop drop-over' : 'drop'}
          onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)}
          onDrop={(event) => { event.preventDefault(); setOver(false); add(event.dataTransfer.files); }}
        >
          <input type="file" multiple className="visually-hidden" onChange={(event) => { add(event.target.files); event.target.value = ''; }} />
          <CloudUploadOutlined className="drop-icon" />
          <b>{t('ingest.drop')}</b>
          <span>{t('ingest.drop_hint')}</span>
        </label>
      </div>
      {uploads.length > 0 && <Summary uploads={uploads} />}
      <ul className="uploads" aria-label={t('ingest.uploads')}>{uploads.map((upload) => <Line key={upload.key} upload={upload} />)}</ul>
    </Panel>
  );
}

function Summary({ uploads }: { uploads: Upload[] }) {
  const t = useText();
  const sum = totals(uploads);
  const since = sendingSince();
  // eslint-disable-next-line react-hooks/purity -- drawn again on every progress report, that is the clock here
  const left = since && uploads.some((u) => u.state === 'sending') ? remainingMs(sum, Date.now() - since.ms, sum.sent - since.sent) : null;
  return (
    <div className="upload-sum" role="status">
      {t('ingest.progress', { done: sum.done, files: sum.files, sent: formatBytes(sum.sent), bytes: formatBytes(sum.bytes) })}
      {left !== null && <span className="muted"> · {t('ingest.remaining', { time: formatDuration(left) })}</span>}
    </div>
  );
}

function Line({ upload }: { upload: Upload }) {
  const t = useText();
  const percent = upload.bytes > 0 ? Math.floor((Math.min(upload.sent, upload.bytes) / upload.bytes) * 100) : 0;
  const show = upload.state === 'sending' || upload.state === 'paused';
  return (
    <li>
      <div className="upload-name">{upload.recordingId ? <Link to="/recordings/$id" params={{ id: upload.recordingId }}>{upload.name}</Link> : upload.name}<span className="muted number"> {formatBytes(upload.bytes)}</span></div>
      <FileState state={upload.state} />
      <div className="upload-actions">
        {upload.state === 'sending' && <Button size="small" onClick={() => void pause(upload.key)}>{t('ingest.pause')}</Button>}
        {upload.state === 'paused' && <Button size="small" onClick={() => resume(upload.key)}>{t('ingest.resume')}</Button>}
        {upload.state === 'failed' && <Button size="small" onClick={() => resume(upload.key)}>{t('shell.retry')}</Button>}
        {upload.recordingId
          ? <Link to="/recordings/$id" params={{ id: upload.recordingId }}>{t('ingest.open_recording')}</Link>
          : upload.state !== 'sealing' && <Button size="small" onClick={() => drop(upload.key)}>{t('ingest.remove')}</Button>}
      </div>
      {show && <Progress percent={percent} size="small" aria-label={upload.name} />}
      {upload.problem && <div className="bad upload-problem">{upload.problem.status === 0 ? t('shell.offline.hint') : upload.problem.title || t.code('problem', upload.problem.code, upload.problem.params)}</div>}
    </li>
  );
}
