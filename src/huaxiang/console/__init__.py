"""The console in the browser: pages over the desk, in Chinese and English."""
