// The page /dashboard/devices: device health for whoever looks after the hall's devices.
import '../screen/fonts.css';
import '../screen/theme.css';
import './dashboard.css';
import { mount } from 'svelte';
import Devices from './Devices.svelte';

mount(Devices, { target: document.body });
