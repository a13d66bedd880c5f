"""What earlier runs posted for rows that look otherwise today: charges, split rows, corrections."""
