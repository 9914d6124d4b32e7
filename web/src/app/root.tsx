/** What surrounds every page: texts, theme, cached answers, routes. */
import { QueryCache, QueryClient, QueryClientProvider, MutationCache } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { App, ConfigProvider } from 'antd';
import zhCN from 'antd/locale/zh_CN';
import { useEffect } from 'react';
import { ApiError } from '../api/client';
import { sessionQuery } from '../session/session';
import { useText } from '../shared/text';
import { router } from './router';
import { theme } from './theme';

/** An answer 401 anywhere means the session is over: the shell then shows the sign-in page. */
function noticeEndOfSession(error: Error) {
  if (error instanceof ApiError && error.status === 401 && error.code === 'session.required') {
    queries.setQueryData(sessionQuery.queryKey, null);
  }
}

const queries = new QueryClient({
  queryCache: new QueryCache({ onError: noticeEndOfSession }),
  mutationCache: new MutationCache({ onError: noticeEndOfSession }),
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => count < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 502),
    },
  },
});

export const prefetchSession = () => void queries.prefetchQuery(sessionQuery);

export function Root() {
  const t = useText();
  useEffect(() => {
    document.title = t('shell.product');
  }, [t]);
  return (
    <ConfigProvider locale={t.language === 'zh-CN' ? zhCN : undefined} theme={theme} button={{ autoInsertSpace: false }}>
      <App component={false} message={{ maxCount: 3 }}>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} context={{ queries }} />
        </QueryClientProvider>
      </App>
    </ConfigProvider>
  );
}
