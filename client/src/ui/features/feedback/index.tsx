import type { UiFeature } from '../feature.ts';
import { Feedback } from './feedback.tsx';
import { messages } from './messages.ts';
import './feedback.css';

export const feedback: UiFeature = { messages, AfterCall: Feedback };
