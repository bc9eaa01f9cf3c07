"""What a training run takes, on sliders. Played in notebook 22."""
