import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { z } from 'zod';
import { App } from './app/App.tsx';
import './app/console.css';

// The content security policy forbids code made from strings; zod would try it once and be reported.
z.config({ jitless: true });

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no #root');
createRoot(root).render(<StrictMode><App /></StrictMode>);
