/** 正式文本: the product ships no text of a regulation; the agency attaches its official file, sealed in the vault. */
import { DownloadOutlined, UploadOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useRef } from 'react';
import { postFile } from '../api/client';
import type { OfficialFile, RegulationDetail } from '../api/types';
import { formatBytes, formatTime, groupHex } from '../shared/format';
import { Empty, Panel } from '../shared/page';
import { Refusal } from '../shared/refusal';
import { useText } from '../shared/text';

export function FilesPanel({ regulation }: { regulation: RegulationDetail }) {
  const t = useText();
  const client = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const path = `/regulations/${encodeURIComponent(regulation.id)}/files`;
  const attach = useMutation({
    mutationFn: (file: File) => postFile<OfficialFile>(path, { name: file.name }, file),
    onSuccess: () => client.invalidateQueries({ queryKey: ['/regulations'] }),
  });
  const add = (file: File | undefined) => {
    if (file) attach.mutate(file);
  };
  return (
    <Panel
      title={t('regulations.files')}
      aside={regulation.may_decide && (
        <>
          <input ref={input} type="file" accept=".pdf,.ofd" hidden aria-label={t('regulations.attach')} onChange={(event) => { add(event.target.files?.[0]); event.target.value = ''; }} />
          <Button size="small" icon={<UploadOutlined />} loading={attach.isPending} onClick={() => input.current?.click()}>{t('regulations.attach')}</Button>
        </>
      )}
    >
      {attach.error && <div className="panel-body"><Refusal error={attach.error} /></div>}
      {regulation.files.length === 0
        ? <Empty title={t('regulations.no_files')} hint={t('regulations.no_files_hint')} />
        : (
          <ul className="decisions panel-body">
            {[...regulation.files].reverse().map((file) => (
              <li key={file.id}>
                <a href={`/api${path}/${encodeURIComponent(file.id)}`} download={file.name}><DownloadOutlined /> {file.name}</a> <span className="muted">{formatBytes(file.bytes)}</span>
                <div className="muted small">{t('regulations.version', { no: file.version })} · {t('regulations.entered', { by: file.by ?? t('recordings.by_system'), time: formatTime(file.at_ms) })}</div>
                <code className="digest">SHA-256 {groupHex(file.sha256)}</code>
              </li>
            ))}
          </ul>
        )}
    </Panel>
  );
}
