/** 导出: the list as it is filtered, whole, as a workbook or comma separated. */
import { DownloadOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { App, Button, Dropdown } from 'antd';
import { getFile, type Query } from '../api/client';
import { save } from '../shared/browser';
import { refusalText } from '../shared/refusal';
import { useText } from '../shared/text';

const FORMATS = ['xlsx', 'csv'] as const;

type List = 'devices' | 'officers' | 'activities' | 'recordings' | 'orders' | 'models' | 'documents' | 'handovers' | 'responsibilities' | 'sufficiency' | 'plans' | 'purchases' | 'sites' | 'budgets';

export function ExportButton({ list, query }: { list: List; query: Query }) {
  const t = useText();
  const { message } = App.useApp();
  const fetching = useMutation({
    mutationFn: (format: string) => getFile(`/exports/${list}`, { ...query, format }),
    onSuccess: (file, format) => save(file, `${t.code('sheet.list', list)}.${format}`),
    onError: (error) => void message.error(refusalText(error, t)),
  });
  const items = FORMATS.map((key) => ({ key, label: t(`sheet.format.${key}`) }));
  return (
    <Dropdown trigger={['click']} menu={{ items, onClick: ({ key }) => fetching.mutate(key) }}>
      <Button icon={<DownloadOutlined />} loading={fetching.isPending}>{t('sheet.export')}</Button>
    </Dropdown>
  );
}
