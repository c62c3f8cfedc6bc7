"""Models behind other models and shared feature views: who they are, and what follows when those change."""
