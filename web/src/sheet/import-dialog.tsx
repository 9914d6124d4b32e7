/** 导入: choose a file, see every row with what is wrong with it, mend the file, then enter all of it at once. */
import { CheckCircleOutlined, UploadOutlined, WarningOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Checkbox, Input, Modal, Select } from 'antd';
import { useId, useRef, useState } from 'react';
import { get, postFile, type Query } from '../api/client';
import type { Agency, Imported, ImportPreview, ImportRow, Page } from '../api/types';
import { useMe } from '../session/session';
import { Rows, type Column } from '../shared/data-list';
import { Refusal } from '../shared/refusal';
import { useText, type Text } from '../shared/text';
import { fieldsOf, ignored, SHOWN_MOST, shownRows, type ImportList } from './preview';
import './sheet.css';

export function ImportDialog({ list, onClose }: { list: ImportList; onClose: () => void }) {
  const t = useText();
  const me = useMe();
  const { message } = App.useApp();
  const client = useQueryClient();
  const purposeId = useId();
  const picker = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<File | null>(null);
  const [purpose, setPurpose] = useState('');
  const [agency, setAgency] = useState<string>();
  // Somebody above all agencies says whose people they are.
  const asksAgency = list === 'officers' && me.agency === null;
  const agencies = useQuery({ queryKey: ['/agencies'], queryFn: () => get<Page<Agency>>('/agencies'), enabled: asksAgency });
  const query: Query = { agency, purpose: purpose.trim() };
  const see = useMutation({ mutationFn: (chosen: File) => postFile<ImportPreview>(`/${list}/import`, query, bytesOf(chosen)) });
  const enter = useMutation({
    mutationFn: ({ chosen, digest }: { chosen: File; digest: string }) => postFile<Imported>(`/${list}/import/${digest}`, query, bytesOf(chosen)),
    onSuccess: async ({ made }) => {
      await Promise.all([`/${list}`, '/workbench'].map((path) => client.invalidateQueries({ queryKey: [path] })));
      void message.success(t(`sheet.made.${list}`, { count: made }));
      onClose();
    },
  });
  const look = (chosen: File) => {
    enter.reset();
    setFile(chosen);
    see.mutate(chosen);
  };
  const preview = see.isSuccess ? see.data : null;
  const ready = file !== null && preview !== null && preview.bad === 0;
  return (
    <Modal
      open width={1080} style={{ top: 24 }} title={t(`sheet.import.${list}`)} onCancel={onClose} cancelText={t('form.cancel')} confirmLoading={enter.isPending}
      okText={preview ? t(`sheet.enter.${list}`, { count: preview.good + preview.bad }) : t('sheet.enter')} okButtonProps={{ disabled: !ready }}
      onOk={() => ready && enter.mutate({ chosen: file, digest: preview.digest })}
    >
      <p className="muted">{t(`sheet.hint.${list}`)}</p>
      {list === 'devices' && (
        <p className="sheet-purpose">
          <label htmlFor={purposeId}>{t('sheet.purpose')}</label>
          <Input id={purposeId} value={purpose} maxLength={200} onChange={(event) => setPurpose(event.target.value)} onBlur={() => file && look(file)} />
        </p>
      )}
      {asksAgency && <p><Select style={{ width: 280 }} placeholder={t('people.agency')} aria-label={t('people.agency')} value={agency} onChange={setAgency} options={(agencies.data?.items ?? []).map((one) => ({ value: one.id, label: one.name }))} /></p>}
      <input
        ref={picker} type="file" hidden accept=".xlsx,.csv" data-testid="import-file"
        onChange={(event) => {
          const chosen = event.target.files?.[0];
          event.target.value = ''; // the same file, mended, is chosen again
          if (chosen) look(chosen);
        }}
      />
      <p className="row">
        <Button icon={<UploadOutlined />} type={file ? 'default' : 'primary'} disabled={asksAgency && agency === undefined} loading={see.isPending} onClick={() => picker.current?.click()}>{t(file ? 'sheet.choose_again' : 'sheet.choose')}</Button>
        {file && <span className="sheet-file">{file.name}</span>}
      </p>
      <Refusal error={see.error ?? enter.error} />
      {preview && <Seen list={list} preview={preview} />}
    </Modal>
  );
}

/** A browser may tell the file's type by its name; the server looks at the bytes. */
const bytesOf = (file: File) => new Blob([file], { type: 'application/octet-stream' });

function Seen({ list, preview }: { list: ImportList; preview: ImportPreview }) {
  const t = useText();
  const [onlyProblems, setOnly] = useState(preview.bad > 0);
  const shown = shownRows(preview.rows, onlyProblems && preview.bad > 0);
  const all = onlyProblems && preview.bad > 0 ? preview.bad : preview.rows.length;
  const notRead = ignored(preview);
  return (
    <div className="sheet-seen">
      {preview.bad > 0
        ? <Alert type="warning" showIcon role="status" title={t('sheet.bad', { bad: preview.bad, good: preview.good })} />
        : <Alert type="success" showIcon role="status" title={t('sheet.good', { good: preview.good })} />}
      <p className="muted small">
        {preview.sheet && <>{t('sheet.read_from', { sheet: preview.sheet, row: preview.heading_row })} </>}
        {notRead.length > 0 && <>{t('sheet.not_read', { columns: notRead.join(t('list.comma')) })} </>}
        {preview.left_out.length > 0 && t('sheet.left_out', { rows: preview.left_out.map((one) => t('sheet.left_out_row', { row: one.row, why: t.code('sheet.why', one.why) })).join(t('list.comma')) })}
      </p>
      {preview.bad > 0 && <p><Checkbox checked={onlyProblems} onChange={(event) => setOnly(event.target.checked)}>{t('sheet.only_problems')}</Checkbox></p>}
      <div className="sheet-rows"><Rows rows={shown} columns={columns(t, fieldsOf(list, preview))} rowKey={(row) => String(row.row)} caption={t('sheet.rows')} /></div>
      {all > shown.length && <p className="muted small">{t('sheet.more', { shown: SHOWN_MOST, all })}</p>}
    </div>
  );
}

function columns(t: Text, fields: string[]): Column<ImportRow>[] {
  return [
    { key: 'row', title: t('sheet.row'), width: 60, card: 'title', render: (row) => <span className="number">{row.row}</span> },
    {
      key: 'problems', title: t('sheet.problems'), card: 'bare',
      render: (row) => (row.problems.length === 0
        ? <span className="sheet-fine"><CheckCircleOutlined /> {t('sheet.fine')}</span>
        : <ul className="sheet-problems">{row.problems.map((problem, at) => <li key={at}><WarningOutlined /> {said(problem.params?.field, t)}{problem.title || t.code('problem', problem.code)}</li>)}</ul>),
    },
    ...fields.map((field) => ({ key: field, title: t.code('sheet.column', field), render: (row: ImportRow) => row.values[field] ?? '—' })),
  ];
}

const said = (field: unknown, t: Text) => (typeof field === 'string' ? <b>{t.code('sheet.column', field.replace(/_fen$/, ''))}{t('sheet.colon')}</b> : null);
