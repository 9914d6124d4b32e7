/** 已打印的文书: every paper under its number, to be had again exactly as it was printed. */
import { FilePdfOutlined } from '@ant-design/icons';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Select } from 'antd';
import type { PrintedDocument } from '../api/types';
import { EquipmentFrame } from '../equipment/frame';
import { DataList, type Column } from '../shared/data-list';
import { formatTime } from '../shared/format';
import { useList } from '../shared/list';
import { Empty } from '../shared/page';
import { useText, type Text } from '../shared/text';
import { ExportButton } from '../sheet/export-button';
import { FORMS } from './forms';
import { addressOf } from './print';

export function DocumentsPage() {
  const t = useText();
  const search = useSearch({ from: '/shell/equipment/documents' });
  const navigate = useNavigate();
  const list = useList<PrintedDocument>('/documents', { form: search.form });
  return (
    <EquipmentFrame tab="documents" actions={<ExportButton list="documents" query={{ form: search.form }} />}>
      <div className="panel">
        <div className="filters" role="search">
          <Select
            allowClear style={{ width: 260 }} placeholder={t('documents.form')} aria-label={t('documents.form')} value={search.form}
            onChange={(form) => void navigate({ to: '/equipment/documents', search: form ? { form } : {}, replace: true })} options={FORMS.map((value) => ({ value, label: t(`documents.form.${value}`) }))}
          />
        </div>
        <DataList list={list} columns={columns(t)} rowKey={(d) => d.id} caption={t('documents.title')} empty={<Empty title={t('documents.none')} hint={t('documents.none_hint')} />} />
      </div>
    </EquipmentFrame>
  );
}

function columns(t: Text): Column<PrintedDocument>[] {
  return [
    { key: 'number', title: t('documents.number'), card: 'title', render: (d) => <a href={addressOf(d)} target="_blank" rel="noreferrer"><FilePdfOutlined /> {d.number}</a> },
    { key: 'form', title: t('documents.form'), render: (d) => t.code('documents.form', d.form) },
    { key: 'subjects', title: t('documents.about'), render: (d) => <About document={d} /> },
    { key: 'at', title: t('documents.at'), width: 160, render: (d) => <span className="number">{formatTime(d.at_ms)}</span> },
    { key: 'account', title: t('documents.by'), render: (d) => d.by ?? '—' },
    { key: 'digest', title: t('documents.digest'), render: (d) => <code title={d.content}>{d.content.slice(0, 12)}…</code> },
  ];
}

function About({ document: { form, subjects } }: { document: PrintedDocument }) {
  const t = useText();
  const [only] = subjects;
  if (!form.startsWith('device_')) return '—';
  return subjects.length === 1 && only ? <Link to="/equipment/$id" params={{ id: only }}>{t('documents.one_device')}</Link> : t('documents.devices', { count: subjects.length });
}
