// The page /dashboard/live/score: how good the waits are that the hall tells its visitors.
import '../screen/fonts.css';
import '../screen/theme.css';
import './dashboard.css';
import { mount } from 'svelte';
import Score from './Score.svelte';

mount(Score, { target: document.body });
