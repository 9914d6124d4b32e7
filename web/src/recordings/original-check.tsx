import { CheckCircleOutlined, CloseCircleOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Modal } from 'antd';
import { useEffect } from 'react';
import { post } from '../api/client';
import type { Finding, VerifyResult } from '../api/types';
import { Loading } from '../app/states';
import { Refusal } from '../shared/refusal';
import { useText } from '../shared/text';

/** 核验原件: the server reads every byte again and compares it with what was sealed. An act of its own in the log. */
export function OriginalCheck({ id, onClose }: { id: string; onClose: () => void }) {
  const t = useText();
  const client = useQueryClient();
  const check = useQuery({ queryKey: ['verify', id], queryFn: () => post<VerifyResult>(`/recordings/${id}/verify`), staleTime: Infinity, gcTime: 0, retry: false });
  const { data } = check;
  useEffect(() => {
    if (data) void client.invalidateQueries({ queryKey: ['custody', id] });
  }, [data, client, id]);
  return (
    <Modal open title={t('recordings.verify_original')} onCancel={onClose} onOk={onClose} cancelButtonProps={{ hidden: true }} okText={t('form.close')}>
      <div role="status">
        {check.isPending && <Loading />}
        <Refusal error={check.error} />
        {data && (data.ok
          ? <p className="good verdict-line"><CheckCircleOutlined /> {t('recordings.original_ok')}</p>
          : <p className="bad verdict-line"><CloseCircleOutlined /> {t('recordings.original_bad')}</p>)}
        {data && <ul className="plain">{data.checked.map((what) => <li key={String(what)}><CheckCircleOutlined className="good" /> {t.code('checked', checkedCode(what))}</li>)}</ul>}
        {!!data?.findings.length && <Findings findings={data.findings} />}
      </div>
    </Modal>
  );
}

const checkedCode = (what: unknown): string =>
  typeof what === 'string' ? what : String((what as { code?: unknown } | null)?.code ?? JSON.stringify(what));

export function Findings({ findings }: { findings: Finding[] }) {
  const t = useText();
  return (
    <ul className="plain">
      {findings.map((f, i) => <li key={i} className="bad"><CloseCircleOutlined /> {f.title || t.code('finding', f.code, f.params)} <code>{f.subject}</code></li>)}
    </ul>
  );
}
